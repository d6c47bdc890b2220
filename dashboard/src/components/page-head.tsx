import { useEffect, type ReactNode } from "react";
import { useViewer } from "./viewer.ts";

export interface PageHeadProps {
  readonly title: string;
  /** The way here, from above. */
  readonly trail?: ReactNode;
  /** What the page is about, in a line. */
  readonly children?: ReactNode;
  readonly actions?: ReactNode;
}

export function PageHead({ title, trail, children, actions }: PageHeadProps) {
  const { name } = useViewer();
  useEffect(() => {
    document.title = `${title} – ${name}`;
  }, [title, name]);
  return (
    <div className="page-head">
      <div>
        {trail !== undefined && trail !== false && (
          <nav className="trail" aria-label="Breadcrumb">
            {trail}
          </nav>
        )}
        <h1>
          <bdi>{title}</bdi>
        </h1>
        {children !== undefined && <div className="page-sub">{children}</div>}
      </div>
      {actions !== undefined && actions !== false && <div className="actions">{actions}</div>}
    </div>
  );
}
