"""The steps of an investigation into abuse of the Kubelet, carried out for one alert.

Each file is a step: it asks the stored events, and says what it found, what it did not look at,
what an empty answer does not prove, and which source would show more. `carry.steps` runs them.
"""
