"""Where the numbers come from: logs in, estimates with their errors out, forecasts."""
