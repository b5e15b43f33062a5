"""Lead forms (留资) and bookings (预约). See README.md of the room."""
