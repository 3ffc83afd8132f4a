// For the command line, which may have nothing but files to look at.
export { forecastFromStore } from './forecast-pull.ts';
