"""E-mails that a server took and brought back later: by a provider's webhook, or as reports in a mailbox."""
