/** The command line, as the image has it. */
export const COMMAND_LINE = '/usr/bin/registry-cache';
