"""The response to abuse of the Kubelet: texts to review and apply by hand. Nothing is applied here.

The alert's values are put in only where they are what they should be (a name that Kubernetes
allows, an address, an image's reference); else a word in capitals stands there, which no API server
takes for a name, and a remark says so.
"""
