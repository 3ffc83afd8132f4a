import { Component, type ComponentChildren } from 'preact';

interface ShieldProps {
  readonly children: ComponentChildren;
}

interface ShieldState {
  readonly failure: string | undefined;
}

/** Keeps a failure of one part away from the others, and shows it in its place. */
export class Shield extends Component<ShieldProps, ShieldState> {
  override state: ShieldState = { failure: undefined };

  override componentDidCatch(error: unknown): void {
    this.setState({ failure: error instanceof Error ? error.message : String(error) });
  }

  override render() {
    const { failure } = this.state;
    if (failure === undefined) return this.props.children;
    return <p class="note bad">This part cannot be shown: {failure}</p>;
  }
}
