"""
The redraw: a plan changed by hand, one operation at a time.

Everything an operation changes is a *flip*: a plot of ground that goes from one grid to another.
`terrain` is what stays (plots, who lives there, which touch, across what), `plan` is which grid
each plot is in, `figures` counts the grids that were touched, `change` applies flips and refuses
what would break a hard rule, and `journal` undoes and redoes. The operations are a file each
for moving, cutting and proposing.
"""
