import { createContext, useContext } from "react";

/** Who looks at the page: it hides what they can't do. What they may do, the server decides. */
export type Viewer =
  | { readonly kind: "operator"; readonly mayChange: true; readonly name: string }
  | {
      readonly kind: "customer";
      readonly mayChange: boolean;
      /** The operator's, for the customer to see. */
      readonly name: string;
      readonly hasLogo: boolean;
      /** Whether the link has chosen the colours, as the page around a frame would. */
      readonly hasTheme: boolean;
    };

export const ViewerContext = createContext<Viewer>({
  kind: "operator",
  mayChange: true,
  name: "Posthorn",
});

export function useViewer(): Viewer {
  return useContext(ViewerContext);
}
