"""Text messages: the channel beside e-mail and phone, there only where TEXTS_URL says how they go out."""
