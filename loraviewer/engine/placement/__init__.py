"""Components that do not stay on the graphics card all the time. Not yet tried on one."""
