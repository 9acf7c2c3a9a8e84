"""Who may do what: resources, their keys and the tokens issued for them."""
