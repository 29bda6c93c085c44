package portal

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/a-h/templ"
	"github.com/go-chi/chi/v5"
	"github.com/google/uuid"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/signin"
	"habilis/web/page"
)

// errSignIn is the answer to who must sign in first.
var errSignIn = errors.New("signing in comes first")

// status is the HTTP status of a kind of fault.
func status(k fault.Kind) int {
	switch k {
	case fault.KindInvalid:
		return http.StatusUnprocessableEntity
	case fault.KindConflict:
		return http.StatusConflict
	case fault.KindNotFound:
		return http.StatusNotFound
	case fault.KindForbidden:
		return http.StatusForbidden
	case fault.KindBusy:
		return http.StatusTooManyRequests
	}
	return http.StatusInternalServerError
}

// refuse answers with what a handler returned: a fault in words, the way to
// sign in, or a number for a failure that is ours.
func (v *visit) refuse(err error) {
	faults, isFault := fault.As(err)
	var asked access.AskedFactor
	var wrong wrongProof
	var wrongOwn wrongOwner
	switch {
	case errors.Is(err, errSignIn):
		v.leadToSignIn()
	case errors.As(err, &asked):
		v.demandFactor(asked.Factor)
	case errors.As(err, &wrong):
		v.askProof(wrong.faults)
	case errors.As(err, &wrongOwn):
		v.askOwner(wrongOwn.faults)
	case errors.Is(err, errOwner):
		v.askOwner(nil)
	case errors.Is(err, access.ErrProof):
		v.askProof(nil)
	case isFault:
		if shown := v.show(status(faults.Kind()), v.refusal(faults)); shown != nil {
			v.fail(v.w, v.r, shown)
		}
	default:
		v.fail(v.w, v.r, err)
	}
}

// leadToSignIn leads whoever has yet to sign in there, and who is about to, on. What
// they sent is lost; the page that they come to says so.
func (v *visit) leadToSignIn() {
	after := v.afterSignIn()
	if v.session.account == uuid.Nil {
		_ = v.goTo("/signin?" + after.Encode())
		return
	}
	v.sessions.Put(v.ctx(), keyNext, local(after.Get("next"), ""))
	if after.Has("unsaved") {
		v.sessions.Put(v.ctx(), keyUnsaved, true)
	}
	_ = v.goTo(v.session.stage.Path())
}

// refusal is the page that says why something was not done. To a person of the
// place of the address it keeps the menus; a stranger, for whom the place is
// absent, and a window see none.
func (v *visit) refusal(faults fault.Faults) templ.Component {
	title, why := v.say.T("portal.refused"), v.sayAll(faults)
	lacks, back := v.lacking(faults, &why), v.back(faults.Kind())
	if v.tenant != uuid.Nil && v.session.whole() && !v.inWindow() && !v.live() {
		standing, err := v.Tenants.Standing(v.ctx(), v.actor())
		if err == nil {
			return page.RefusedHere(v.frame(standing, v.section(), title), why, lacks, back)
		}
		back = "/" // they may have come in there before, and left since
	}
	return page.Refused(v.bare(title), why, lacks, back)
}

// lacking says what someone refused at the door of a page lacks, and who could
// give it to them; nil where that isn't why. It adds what it is to why.
func (v *visit) lacking(faults fault.Faults, why *[]string) *page.MissingView {
	if key := faults[0].Key; v.guest || v.need.Area == "" || key != "access.no_view" && key != "access.no_edit" {
		return nil
	}
	found, err := v.Audit.Refusal(v.ctx(), v.actor(), v.need)
	if err != nil {
		v.log.Error("a refusal was not explained", "request", originOf(v.r).id, "error", err)
		return nil
	}
	*why = append(*why, v.say.T("page.audit.refused.area", "Does", v.does(found.Direction, found.Area)))
	if found.UnderHat {
		*why = append(*why, v.say.T("page.audit.refused.hat"))
	}
	if found.Missing != nil && v.kind.ShowsNobody(found.Grid) {
		found.Missing.WithoutNames()
	}
	return v.missingView(found.Standing, found.Area, found.Missing, true)
}

// section is where the address stands in the menus, whatever is there.
func (v *visit) section() section {
	first, _, _ := strings.Cut(strings.TrimPrefix(v.r.URL.Path, v.base()+"/"), "/")
	if at, ok := sections[first]; ok {
		return at
	}
	return nowhere
}

var sections = map[string]section{
	"people": inPeople, "roles": inRoles, "invitations": inInvitations, "settings": inSettings, "visits": inSettings, "journal": inJournal, "who": inWho,
}

// afterSignIn tells the sign-in where to go on to, and whether something that
// was sent was lost because the session had ended.
func (v *visit) afterSignIn() url.Values {
	query := url.Values{"next": {v.r.URL.RequestURI()}}
	if v.r.Method == http.MethodPost {
		query.Set("next", v.gettable())
		query.Set("unsaved", "1")
	}
	return query
}

// gettable is the page that what was posted was about: the nearest one above its
// address that can be got.
func (v *visit) gettable() string {
	routes := chi.RouteContext(v.ctx()).Routes
	for path := v.r.URL.Path; path != ""; path = path[:strings.LastIndexByte(path, '/')] {
		for _, one := range []string{path, path + "/"} {
			if routes.Match(chi.NewRouteContext(), http.MethodGet, one) {
				return one
			}
		}
	}
	return "/"
}

// demandFactor sends a person whose place has come to ask for a second factor
// to show one, or to set one up. What was posted is lost; those pages say so.
func (v *visit) demandFactor(asked access.Factor) {
	next := v.r.URL.RequestURI()
	if v.r.Method == http.MethodPost {
		next = v.gettable()
		v.sessions.Put(v.ctx(), keyUnsaved, true)
	}
	v.sessions.Put(v.ctx(), keyStage, string(signin.StageFactor))
	v.sessions.Put(v.ctx(), keyAsked, int(asked))
	v.sessions.Put(v.ctx(), keyNext, next)
	_ = v.goTo("/signin/factor")
}

// back is where a refused person can go on from: the page that what they sent was
// about, else their place if they have come in there, else the start.
func (v *visit) back(kind fault.Kind) string {
	if v.r.Method == http.MethodPost && v.session.whole() && kind != fault.KindNotFound {
		return v.gettable()
	}
	if v.number != "" && !v.guest && v.sessions.GetBool(v.ctx(), keyCame+v.tenant.String()) {
		return v.base() + "/"
	}
	return "/"
}

// sayAll puts faults into words.
func (v *visit) sayAll(faults fault.Faults) []string {
	said := make([]string, len(faults))
	for i, f := range faults {
		said[i] = v.say.Message(f.Key, f.Args)
	}
	return said
}

// fail logs a failure that is ours, once, and shows its number.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, context.Canceled) {
		return // the person went away
	}
	s.log.Error("request failed", "request", originOf(r).id, "method", r.Method, "error", err)
	s.sayFailed(w, r)
}

func (s *Server) sayFailed(w http.ResponseWriter, r *http.Request) {
	v := s.stranger(w, r)
	if err := v.show(http.StatusInternalServerError, page.Failed(v.bare(v.say.T("portal.failed")), originOf(r).id)); err != nil {
		http.Error(w, originOf(r).id, http.StatusInternalServerError)
	}
}
