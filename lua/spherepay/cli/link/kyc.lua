-- spherepay link kyc: where the customer, a business in particular, fills everything in.
return require("spherepay.cli.link.make").command("kyc",
  "Print the link where the customer fills everything in.")
