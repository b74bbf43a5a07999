-- The guides that the README leads to.

return {
  "docs/calls.md", "docs/errors.md", "docs/verification.md", "docs/gate.md", "docs/webhooks.md",
  "docs/hosts.md", "docs/testing.md", "docs/command-line.md", "docs/options.md", "docs/v1.md",
  "docs/json.md", "docs/limits.md", "docs/systems.md",
}
