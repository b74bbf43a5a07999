-- spherepay link face: where the customer or representative shows the face.
return require("spherepay.cli.link.make").command("face",
  "Print the link where a customer or representative shows the face.")
