/** Milliseconds for humans: `0.3s`, `12.3s`, `2m05s`, `1h02m`. */
export function formatDuration(ms: number): string {
  const tenths = Math.round(Math.max(0, ms) / 100);
  if (tenths < 600) return `${(tenths / 10).toFixed(1)}s`;
  const seconds = Math.round(Math.max(0, ms) / 1000);
  if (seconds < 3600) return `${String(Math.floor(seconds / 60))}m${twoDigits(seconds % 60)}s`;
  const minutes = Math.round(seconds / 60);
  return `${String(Math.floor(minutes / 60))}h${twoDigits(minutes % 60)}m`;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}
