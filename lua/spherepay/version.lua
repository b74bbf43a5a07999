-- The version of the library, in one place: the Makefile and the User-Agent read it.
return "0.1.0"
