/**
 * A command that the admin worker starts reads on this descriptor whether its standard input was
 * whole: the word `WHOLE`, or nothing where the upload was cut or the worker has died.
 */
export const CONFIRM_FD = 3;
export const WHOLE = 'whole';
