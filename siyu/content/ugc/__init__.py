"""Users' own content 晒单: handed in with consent, looked at, used again; no more once the consent is taken back."""
