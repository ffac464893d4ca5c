"""Names as training texts: names that captions mention and variations of them, with structures read by OPSIN."""
