-- Changes that no spec is to notice, because nothing that is promised differs, each with the
-- reason. `make mutate` leaves them out. A change is known by its file and by the line before and
-- after it, in any place of the file.
--
--   same      the program does the same: another way to say it, or what cannot happen
--   slower    only the time, the memory or the number of system calls differs
--   words     only a text for people differs

return {
}
