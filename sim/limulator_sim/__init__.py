"""Models of the Limulator's array: the contract in plain Python, the golden model in numpy, and the gateware simulated."""
