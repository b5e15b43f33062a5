"""Tasks for staff: given by hand or by a journey, with a script and a clock."""
