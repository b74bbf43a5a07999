-- What the command's exit statuses mean. They are documented: scripts branch on them.

return {
  OK = 0, -- done; of verify and check: ready
  FAILED = 1, -- a call failed, or what was asked for is not so
  USAGE = 2, -- the command line makes no sense; nothing was sent
  NOT_READY = 3, -- verify, check: not ready yet
  REFUSED = 4, -- verify: verification was refused
  UNSURE = 5, -- a write failed that may have been applied: look before it is repeated
  INTERRUPTED = 130, -- by Ctrl-C
}
