-- spherepay link tos: where the customer accepts the terms.
return require("spherepay.cli.link.make").command("tos",
  "Print the link where the customer accepts the terms of service.")
