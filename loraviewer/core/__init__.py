"""The state of the app as frozen values, and pure rules over them. Knows no torch and no Qt."""
