/** Whether `--against` means the run before the one that is compared. */
export function isPrevious(against: string | undefined): against is 'previous' | 'latest-but-one' {
  return against === 'previous' || against === 'latest-but-one';
}
