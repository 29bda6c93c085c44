package e2e_test

import (
	"context"
	"net/http"
	"net/url"
	"sync"
	"testing"

	"habilis/internal/access"
)

// Most acts of a place wait for one that takes long; those for whom there is no
// room are told when to come again, and nobody else notices.
func TestAPlaceThatIsBusyKeepsNoOtherWaiting(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	q := p.Beside(t)
	withoutFactor(t, q)
	here, there := server.signedIn(t, p.Pilot), server.signedIn(t, q.Pilot)
	for _, v := range []*visitor{here, there} {
		v.get("/").follow().want(http.StatusOK)
	}
	const many, room = 80, 4 + 64
	answers := make(chan *answer, many)
	var all sync.WaitGroup
	p.Write(t, func(context.Context, *access.Visit) error {
		for range many {
			all.Go(func() {
				a, err := here.try("POST", "/p/"+p.Number+"/hat", url.Values{"role": {p.Role(t, "pilot").String()}})
				if err != nil {
					t.Error(err)
					a = &answer{}
				}
				answers <- a
			})
		}
		for range many - room {
			if a := <-answers; a.status != http.StatusTooManyRequests || a.header.Get("Retry-After") != "5" {
				t.Errorf("past the end of the line: %d, again after %q", a.status, a.header.Get("Retry-After"))
			}
		}
		there.get("/p/" + q.Number + "/people").want(http.StatusOK)
		there.post("/p/"+q.Number+"/hat", url.Values{"role": {q.Role(t, "pilot").String()}}).want(http.StatusSeeOther)
		here.get("/p/" + p.Number + "/people").want(http.StatusOK)
		return nil
	})
	all.Wait()
}
