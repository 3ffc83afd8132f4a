/** Prints the pull secret that `up` writes where there is none. */
import { formatPublicPullSecret } from '@registry-cache/config';

process.stdout.write(formatPublicPullSecret());
