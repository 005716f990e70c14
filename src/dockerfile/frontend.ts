/** Docker's own frontend, or a copy of it elsewhere: it reads nothing that is not looked at here. */
export const isDockerfileFrontend = (reference: string): boolean =>
  /(?:^|\/)docker\/dockerfile(?:-upstream)?(?:[:@]|$)/u.test(reference);
