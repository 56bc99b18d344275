"""What is known of the Kubelet: its addresses, its paths, its client, its configuration.

Nothing here reads events or asks anything: it takes words apart and says what they mean.
"""
