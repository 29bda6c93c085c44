package portal

import (
	"context"
	"net/url"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/form"
	"habilis/internal/people"
	"habilis/internal/tenants/kinds"
	"habilis/web/page"
	"habilis/web/ui"
)

// invitations lists whom the place invited, and what became of it.
func (s *Server) invitations(v *visit) error {
	filter := people.InvitationFilter{State: people.InvitationState(v.query("state")), Cursor: v.query("from")}
	list, err := s.People.Invitations(v.ctx(), v.actor(), filter)
	if err != nil {
		return err
	}
	words := v.words(list.Standing)
	f := v.frame(list.Standing, inInvitations, v.say.T("portal.invitations"))
	change := may(list.Standing, access.People)
	view := page.InvitationsView{RoleHead: words.RoleLabel, Menu: v.invitationMenu(list.Filter.State)}
	if change {
		view.Acts = []ui.Act{{Label: v.say.T("page.people.invite"), URL: v.in("/invitations/new"), How: ui.InWindow, Icon: ui.IconMail, Tone: ui.Primary}}
	}
	for i := range list.Rows {
		view.Rows = append(view.Rows, v.invitationRow(&list.Rows[i], change))
	}
	if list.Next != "" {
		view.Next = v.invitationsURL(people.InvitationFilter{State: list.Filter.State, Cursor: list.Next})
	}
	if filter.Cursor != "" {
		view.First = v.invitationsURL(people.InvitationFilter{State: list.Filter.State})
	}
	view.Empty = v.noInvitation(list.Filter, view.Acts)
	return v.ok(page.Invitations(f, view))
}

func (v *visit) invitationsURL(f people.InvitationFilter) string {
	q := url.Values{}
	if f.State != "" {
		q.Set("state", string(f.State))
	}
	if f.Cursor != "" {
		q.Set("from", f.Cursor)
	}
	if len(q) == 0 {
		return v.in("/invitations")
	}
	return v.in("/invitations") + "?" + q.Encode()
}

func (v *visit) invitationMenu(now people.InvitationState) ui.Filter {
	menu := ui.Filter{Label: v.say.T("page.people.state"), Clear: v.invitationsURL(people.InvitationFilter{})}
	for _, state := range people.InvitationStates() {
		name := v.say.T("page.invitations.state." + string(state))
		menu.Options = append(menu.Options, ui.Link{Label: name, URL: v.invitationsURL(people.InvitationFilter{State: state}), Current: state == now})
		if state == now {
			menu.Chosen = name
		}
	}
	return menu
}

func (v *visit) noInvitation(f people.InvitationFilter, acts []ui.Act) page.Empty {
	if f.State != "" {
		clear := ui.Act{Label: v.say.T("page.people.clear"), URL: v.invitationsURL(people.InvitationFilter{})}
		return page.Empty{Title: v.say.T("page.invitations.none_found"), Acts: []ui.Act{clear}}
	}
	return page.Empty{Title: v.say.T("page.invitations.none"), Text: v.say.T("page.invitations.none.next"), Acts: acts}
}

var invitationShapes = map[people.InvitationState]ui.Shape{
	people.Awaited: ui.Waiting, people.Expired: ui.Quiet, people.Accepted: ui.Good, people.Declined: ui.Stopped, people.Withdrawn: ui.Quiet,
}

func (v *visit) invitationRow(i *people.Invitation, change bool) page.InvitationRow {
	row := page.InvitationRow{
		Email: i.Email, Role: v.either(i.Role.Fr, i.Role.En), By: i.By, Shape: invitationShapes[i.State],
		State: v.say.T("page.invitations.state." + string(i.State)), CreatedAt: i.CreatedAt, Version: strconv.Itoa(i.Version),
		Expires: i.ExpiresAt, ExpiresLabel: v.say.T("page.invitations.until." + string(i.State)),
	}
	if i.AnsweredAt != nil && i.State != people.Expired {
		row.Expires = *i.AnsweredAt
	}
	if i.State == people.Awaited && i.Mail != nil {
		row.Mail, row.MailShape = v.mailNote(i.Mail), mailShapes[i.Mail.State]
	}
	if change && (i.State == people.Awaited || i.State == people.Expired) {
		row.Resend = v.invitationAct(i, "page.person.resend", "resend", ui.IconMail)
	}
	if change && i.State == people.Awaited {
		row.Withdraw = v.invitationAct(i, "page.invitations.withdraw", "withdraw", ui.IconClose)
	}
	return row
}

// invitationAct is a button of a row; its name says whose.
func (v *visit) invitationAct(i *people.Invitation, key, verb string, icon ui.Icon) *ui.Act {
	return &ui.Act{Label: v.say.T("page.people.act", "Act", v.say.T(key), "Name", i.Email), URL: v.in("/invitations/%s/%s", i.ID, verb), Icon: icon}
}

// inviteForm is the window in which someone is invited.
func (s *Server) inviteForm(v *visit) error {
	return s.showInvite(v, form.With("email", v.query("email")))
}

// invite invites someone, from its own window or from that of a new person
// whose e-mail has an account already.
func (s *Server) invite(v *visit) error {
	f, err := v.form()
	if err != nil {
		return err
	}
	if f.Bool("look") {
		return s.showInvite(v, f)
	}
	if len(readCells(f).hands(nil)) > 0 {
		if blank, err := s.People.InviteForm(v.ctx(), v.actor()); err == nil && v.unseenCells(blank.Standing, blank.RoleOffer, f) {
			return s.showInvite(v, f)
		}
	}
	guest := people.Guest{Email: f.Get("email"), Roles: chosenRoles(f), Hands: readCells(f).hands(nil), Submission: v.submission(f)}
	if f.OK() {
		_, err = s.People.Invite(v.ctx(), v.actor(), guest)
	}
	if f.Fail(err) || err == nil && !f.OK() {
		return s.showInvite(v, f)
	}
	if err != nil {
		return err
	}
	return v.done(v.in("/invitations"), v.say.T("page.invite.sent", "Address", guest.Email))
}

// showInvite shows the window with all that was typed, even to someone who may
// not read it any more.
func (s *Server) showInvite(v *visit, f *form.Form) error {
	blank, err := s.People.InviteForm(v.ctx(), v.actor())
	if err != nil && (f.OK() || !f.Fail(err) || blank.Standing == nil || blank.Resource == nil) {
		return err
	}
	if f.Typed("submission") == "" {
		f.Values.Set("submission", blank.Submission.String())
	}
	if f.Typed(fieldRole) == "" {
		f.Values.Set(fieldRole, blank.Default.String())
	}
	if !f.Bool(fieldSeveral) { // shown for the first time
		f.Values.Set(fieldTicks, blank.Default.String())
	}
	besideTicks(f)
	words := v.words(blank.Standing)
	fr := v.frame(blank.Standing, inInvitations, words.InviteTitle)
	window := page.Invite(fr, v.inviteView(blank, f, words), v.inWindow())
	if f.OK() {
		return v.ok(window)
	}
	return v.again(f, window)
}

func (v *visit) inviteView(blank *people.InvitePage, f *form.Form, words kinds.Words) page.InviteView {
	view := page.InviteView{
		Window: ui.WindowFrame{Title: words.InviteTitle, Subtitle: v.say.T("page.invite.days", "Count", blank.Days), Close: v.in("/people"), Wide: true},
		Action: v.in("/invitations"), Typed: f, Role: v.roleField(blank.Standing, blank.RoleOffer, f, words, true),
		Kept: []ui.Hidden{{Name: "submission", Value: f.Typed("submission")}},
		Send: v.say.T("page.people.invite"),
	}
	if blank.Ticks {
		view.Kept = append(view.Kept, ui.Hidden{Name: fieldSeveral, Value: "1"}, ui.Hidden{Name: "promised", Value: "1"})
	}
	if len(blank.Choices) == 0 {
		view.Kept = append(view.Kept, ui.Hidden{Name: "role", Value: f.Typed("role")})
	}
	if wrong := f.Error("email"); wrong != nil {
		if id, ok := wrong.Args["Resource"].(uuid.UUID); ok {
			view.HereURL = v.in("/people/%s", id)
		}
		if wrong.Key == "invitations.already_pending" {
			view.Pending = v.invitationsURL(people.InvitationFilter{State: people.Awaited})
		}
	}
	return view
}

// resendInvitation sends an invitation again.
func (s *Server) resendInvitation(v *visit) error {
	return v.settleInvitation(s.People.ResendInvitation, "page.invitations.resent")
}

// withdrawInvitation takes an invitation back.
func (s *Server) withdrawInvitation(v *visit) error {
	return v.settleInvitation(s.People.Withdraw, "page.invitations.withdrawn")
}

// myInvitations are the invitations that await the signed-in person's answer.
func (s *Server) myInvitations(v *visit) ([]page.InvitationCard, error) {
	invited, err := s.People.MyInvitations(v.ctx(), v.signed, v.now)
	if err != nil {
		return nil, err
	}
	cards := make([]page.InvitationCard, len(invited))
	for n, i := range invited {
		found, err := s.Tenants.ByNumber(v.ctx(), i.Number)
		if err != nil {
			return nil, err
		}
		say := s.Tenants.Kinds().Printer(found.Kind, v.say.Locale())
		cards[n] = page.InvitationCard{
			Place:    i.Place,
			Sentence: say.T("places.invited.by", "Inviter", i.Inviter, "Role", v.either(i.RoleFr, i.RoleEn)),
			Until:    v.say.T("page.answer.until", "Date", i.ExpiresAt),
			URL:      "/invitations/" + i.ID.String(),
		}
	}
	return cards, nil
}

// invitation shows an invitation to its invited person.
func (s *Server) invitation(v *visit) error {
	id, err := v.id("id")
	if err != nil {
		return err
	}
	invited, err := v.invitedTo(id)
	if fault.Is(err, fault.KindNotFound) {
		return s.notInvited(v)
	}
	if err != nil {
		return err
	}
	return v.ok(page.Invited(v.bare(v.say.T("page.answer.title")), v.invitedView(invited, nil)))
}

// invitedTo is an invitation to the account that is signed in, said in the words
// of its place from here on.
func (v *visit) invitedTo(id uuid.UUID) (*people.Invited, error) {
	invited, err := v.People.MyInvitation(v.ctx(), v.signed, id, v.now)
	if err != nil {
		return nil, err
	}
	found, err := v.Tenants.ByNumber(v.ctx(), invited.Number)
	if err != nil {
		return nil, err
	}
	v.speakAs(found.Kind)
	return invited, nil
}

// notInvited says that the link isn't for the account that is signed in.
func (s *Server) notInvited(v *visit) error {
	person, err := s.Signin.Person(v.ctx(), v.session.account)
	if err != nil {
		return err
	}
	return v.show(status(fault.KindNotFound), page.NotInvited(v.bare(v.say.T("page.not_invited.title")), person.Email))
}

func (v *visit) invitedView(i *people.Invited, refused fault.Faults) page.InvitedView {
	role := v.either(i.RoleFr, i.RoleEn)
	view := page.InvitedView{
		Place: i.Place, Number: v.numbered(i.Number), Role: role, Description: v.either(i.RoleDescriptionFr, i.RoleDescriptionEn),
		Sentence:   v.say.T("page.answer.sentence", "Inviter", i.Inviter, "Place", i.Place, "Role", role),
		Means:      []string{v.say.T("page.answer.means.role"), v.say.T("page.answer.means.seen"), v.say.T("page.answer.means.account")},
		Until:      v.say.T("page.answer.until", "Date", i.ExpiresAt),
		AcceptURL:  "/invitations/" + i.ID.String() + "/accept",
		DeclineURL: "/invitations/" + i.ID.String() + "/decline",
		Go:         ui.Act{Label: v.say.T("page.answer.places"), URL: "/places", Tone: ui.Primary},
	}
	areas := i.ByHandFr
	if !v.say.Locale().French() {
		areas = i.ByHandEn
	}
	if len(areas) > 0 {
		view.Means = append(view.Means, v.say.T("page.answer.means.by_hand", "Areas", strings.Join(areas, ", ")))
	}
	switch {
	case refused != nil:
		view.Over = v.say.Message(refused[0].Key, refused[0].Args)
	case i.State != people.Awaited:
		view.Over = v.say.T("page.answer.over." + string(i.State))
	case i.Unproved:
		view.Over = v.say.T("invitations.prove")
	}
	if i.Unproved && i.State == people.Awaited {
		view.Go = ui.Act{Label: v.say.T("page.answer.prove"), URL: "/signin/forgot", Tone: ui.Primary}
	}
	return view
}

// acceptInvitation makes the invited person one of the place.
func (s *Server) acceptInvitation(v *visit) error {
	return v.answerInvitation(s.People.Accept, func(i *people.Invited) error {
		return v.done("/p/"+i.Number+"/", v.say.T("page.answer.accepted", "Place", i.Place))
	})
}

// declineInvitation answers no.
func (s *Server) declineInvitation(v *visit) error {
	return v.answerInvitation(s.People.Decline, func(i *people.Invited) error {
		return v.done("/places", v.say.T("page.answer.declined", "Place", i.Place))
	})
}

// answerInvitation answers an invitation, and says on its page why it could not.
func (v *visit) answerInvitation(answer func(context.Context, access.Signed, uuid.UUID, uuid.UUID) error, then func(*people.Invited) error) error {
	id, err := v.id("id")
	if err != nil {
		return err
	}
	invited, err := v.invitedTo(id)
	if fault.Is(err, fault.KindNotFound) {
		return v.notInvited(v)
	}
	if err != nil {
		return err
	}
	err = answer(v.ctx(), v.signed, invited.TenantID, id)
	if refused, ok := fault.As(err); ok {
		return v.show(status(refused.Kind()), page.Invited(v.bare(v.say.T("page.answer.title")), v.invitedView(invited, refused)))
	}
	if err != nil {
		return err
	}
	return then(invited)
}

// settleInvitation does to the invitation of the address what a button of its
// row asks.
func (v *visit) settleInvitation(act func(context.Context, access.Actor, uuid.UUID, int) (to string, err error), said string) error {
	id, err := v.id("id")
	if err != nil {
		return err
	}
	f, err := v.form()
	if err != nil {
		return err
	}
	to, err := act(v.ctx(), v.actor(), id, version(f))
	if err != nil {
		return err
	}
	return v.done(v.in("/invitations"), v.say.T(said, "Address", to))
}
