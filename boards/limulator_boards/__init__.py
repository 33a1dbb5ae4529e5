"""From gateware to open FPGAs: synthesis, place and route, and what their reports say."""
