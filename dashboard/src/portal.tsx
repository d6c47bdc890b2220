/** The customers' portal at `/portal`: the dashboard's pages of one application, for whoever has its link. */
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { ApiContext } from "./api/api-context.ts";
import { type Brand, fetchBrand } from "./api/brand.ts";
import { createApiClient } from "./api/client.ts";
import { forgetPortalLogin, type PortalLogin, takePortalLogin } from "./api/portal-login.ts";
import { applyBrandColor } from "./components/brand-color.ts";
import { LinkEnded } from "./components/portal-shell.tsx";
import { applyTheme } from "./components/theme.ts";
import { type Viewer, ViewerContext } from "./components/viewer.ts";
import { createPortalRouter } from "./portal-router.tsx";
import { createQueryClient } from "./query-client.ts";
import "./styles/base.css";
import "./styles/components.css";
import "./styles/portal.css";

const place = document.querySelector("#page");
if (place === null) throw new Error("portal.html has a place for the page");
const page = createRoot(place);
// Before anything else: the token leaves the address.
const login = takePortalLogin();
applyTheme(login?.theme);
// Another link that is opened here changes the fragment alone, which loads nothing.
addEventListener("hashchange", () => {
  if (location.hash.startsWith("#key=")) location.reload();
});
const brand = await fetchBrand();
if (brand.color !== null) applyBrandColor(brand.color);
document.title = brand.name;
show(login, brand);

function show(shown: PortalLogin | undefined, { name, hasLogo }: Brand): void {
  if (shown === undefined) {
    page.render(<LinkEnded />);
    return;
  }
  const { application, token, onlyReads, theme } = shown;
  const viewer: Viewer = { kind: "customer", mayChange: !onlyReads, name };
  const router = createPortalRouter({ application, hasLogo, hasTheme: theme !== undefined });
  const api = createApiClient({ authorization: `Bearer ${token}` }, () => {
    forgetPortalLogin();
    page.render(<LinkEnded />);
  });
  page.render(
    <StrictMode>
      <QueryClientProvider client={createQueryClient()}>
        <ApiContext value={api}>
          <ViewerContext value={viewer}>
            <RouterProvider router={router} />
          </ViewerContext>
        </ApiContext>
      </QueryClientProvider>
    </StrictMode>,
  );
}
