/** What is shown from the first Ctrl-C on. */
export const stoppingText = 'stopping (Ctrl-C again to kill)';
