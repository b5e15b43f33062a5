"""Reading a company's lists into the mirror: whole, or what a callback says has changed. Each list keeps how far it
is, so that a reading that was cut off goes on."""
