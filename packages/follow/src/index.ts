export { decodeLine } from './decode-line.ts';
export { LogFollower } from './log-follower.ts';
export { type LogPosition, readPosition, writePosition } from './log-position.ts';
