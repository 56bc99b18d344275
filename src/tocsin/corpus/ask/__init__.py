"""Questions of people in any query language to the stored events, and rules on trial over them."""
