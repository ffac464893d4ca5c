"""Names as training texts: those that captions mention and variations of them, with structures that OPSIN reads."""
