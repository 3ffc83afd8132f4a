export { LogFollower } from './log-follower.ts';
export { type LogPosition, readPosition, writePosition } from './log-position.ts';
