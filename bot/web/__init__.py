"""The web server: webhooks of sources now, pages and an API later."""
