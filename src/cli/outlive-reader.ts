/**
 * Keeps what happens to a standard stream from ending the command. A reader that went away
 * (`build-matrix plan | head`, a terminal that was closed) is no error: what runs goes on, or is
 * stopped by the signal that comes with it, and its record is written. When what was printed is lost
 * (a full disk) `report` is told why, once, and the command ends with 1 if it would have with 0.
 */
export function outliveReader(stream: NodeJS.WriteStream, report: (message: string) => void): void {
  let isLost = false;
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (isLost || error.code === 'EPIPE' || error.code === 'EIO') return;
    isLost = true;
    process.once('exit', (code) => {
      if (code === 0) process.exitCode = 1;
    });
    report(error.message);
  });
}
