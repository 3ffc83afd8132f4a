/** Formats bytes for people: `1.5 GiB`, `512 B`. */
export function formatSize(bytes: number): string {
  const names = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
  let value = bytes;
  let index = 0;
  while (Math.abs(value) >= 1024 && index < names.length - 1) {
    value /= 1024;
    index += 1;
  }
  const digits = index === 0 || Number.isInteger(value) ? 0 : 1;
  return `${value.toFixed(digits)} ${names[index]}`;
}
