-- Why an announcement could not be posted when that was last tried; NULL: it could, or was not tried.
ALTER TABLE announcements ADD COLUMN problem TEXT;
