import { createContext, useContext } from "react";

/** Who looks at the page: it hides what they can't do. What they may do, the server decides. */
export interface Viewer {
  /** Who reaches everything of the organisation, or one application alone: that one's people. */
  readonly kind: "operator" | "customer";
  /** Whether they may do more than read. */
  readonly mayChange: boolean;
  /** Whose page it is, for the browser's title. */
  readonly name: string;
}

export const ViewerContext = createContext<Viewer | undefined>(undefined);

export function useViewer(): Viewer {
  const viewer = useContext(ViewerContext);
  if (viewer === undefined) throw new Error("there is no ViewerContext around this");
  return viewer;
}
