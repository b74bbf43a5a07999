-- Loaded once before all spec files. busted gives each file modules of its own and lets those of
-- the others be collected; a C library with a loop of its own must outlive that.

pcall(require, "luv")
