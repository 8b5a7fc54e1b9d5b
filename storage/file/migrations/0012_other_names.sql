-- What else an account is called: its user name and its global name beside the nickname that is
-- shown, or its full name beside the user name. One name a line. It is filled by what platforms
-- tell from now on.
ALTER TABLE accounts ADD COLUMN other_names TEXT;
