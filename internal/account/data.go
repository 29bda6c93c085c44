package account

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"habilis/internal/access"
	"habilis/internal/signin"
)

// Data is all that is known of an account's owner, as they take it away: the form
// is that of docs/own-data.md. It holds no secret, and nothing of anybody else.
type Data struct {
	Format  string        `json:"format"`
	TakenAt time.Time     `json:"taken_at"`
	Account DataOfAccount `json:"account"`
	Places  []DataOfPlace `json:"places"`
}

// format changes when a field means something else, or goes.
const format = "habilis-own-data/1"

// DataOfAccount is what the account itself says.
type DataOfAccount struct {
	ID            uuid.UUID    `json:"id"`
	Username      string       `json:"username"`
	FamilyName    string       `json:"family_name"`
	GivenName     string       `json:"given_name"`
	Email         string       `json:"email"`
	EmailVerified bool         `json:"email_confirmed"`
	PendingEmail  string       `json:"email_asked_for,omitempty"`
	BackupEmail   string       `json:"backup_email,omitempty"`
	Locale        string       `json:"locale"`
	SecondFactors []DataFactor `json:"second_factors"`
	RecoveryCodes int64        `json:"recovery_codes_left"`

	Passkeys []DataPasskey `json:"passkeys"`
	Sessions []DataSession `json:"sessions"`
	Devices  []DataDevice  `json:"remembered_devices"`
	Acts     []DataAct     `json:"acts"`
}

// DataPasskey is a passkey, without its key.
type DataPasskey struct {
	Name     string     `json:"name"`
	Since    time.Time  `json:"since"`
	LastUsed *time.Time `json:"last_used,omitempty"`
}

// DataSession is a session that is open, without its token.
type DataSession struct {
	Since    time.Time `json:"since"`
	LastSeen time.Time `json:"last_seen"`
	Browser  string    `json:"browser"`
	Address  string    `json:"address"`
}

// DataDevice is a device that is not asked for a second factor for a while.
type DataDevice struct {
	Browser  string    `json:"browser"`
	Address  string    `json:"address"`
	LastSeen time.Time `json:"last_seen"`
	Shown    time.Time `json:"second_factor_shown"`
}

// DataAct is an act on the account itself, outside places.
type DataAct struct {
	At      time.Time `json:"at"`
	Act     string    `json:"act"`
	ByMe    bool      `json:"by_me"`
	Browser string    `json:"browser,omitempty"`
	Address string    `json:"address,omitempty"`
}

// DataFactor is a second factor, without what makes it work.
type DataFactor struct {
	Kind     signin.Method `json:"kind"`
	Name     string        `json:"name,omitempty"`
	SentTo   string        `json:"sent_to,omitempty"`
	Since    time.Time     `json:"since"`
	LastUsed *time.Time    `json:"last_used,omitempty"`
}

// DataOfPlace is what one place says of the person.
type DataOfPlace struct {
	Number  string       `json:"number"`
	Name    string       `json:"name"`
	Locked  bool         `json:"asks_for_a_second_factor_first,omitempty"`
	Person  *DataPerson  `json:"person,omitempty"`
	Roles   []DataRole   `json:"roles,omitempty"`
	Cells   []DataCell   `json:"permissions_set_by_hand,omitempty"`
	Records []DataRecord `json:"assigned_records,omitempty"`
	Letters []DataLetter `json:"letters,omitempty"`
	Journal []DataLine   `json:"journal,omitempty"`
}

// DataPerson is the person's sheet.
type DataPerson struct {
	FamilyName string     `json:"family_name"`
	GivenName  string     `json:"given_name"`
	Username   string     `json:"username"`
	Email      string     `json:"email"`
	Phone      string     `json:"phone"`
	Function   string     `json:"function"`
	Flags      []string   `json:"flags"`
	State      string     `json:"state"`
	Since      time.Time  `json:"since"`
	LastSeen   *time.Time `json:"last_seen,omitempty"`
}

// DataRole is a role that is or was held.
type DataRole struct {
	Name        string     `json:"name"`
	EnglishName string     `json:"name_en"`
	Since       time.Time  `json:"since"`
	Until       *time.Time `json:"until,omitempty"`
}

// DataCell is what was set by hand for one area; a side that was left to the roles is empty.
type DataCell struct {
	Area  string     `json:"area"`
	View  *string    `json:"view,omitempty"`
	Edit  *string    `json:"edit,omitempty"`
	Since time.Time  `json:"since"`
	Until *time.Time `json:"until,omitempty"`
}

// DataRecord is a record that the person is or was assigned to. What it is called is
// somebody else's.
type DataRecord struct {
	Record uuid.UUID  `json:"record"`
	Since  time.Time  `json:"since"`
	Until  *time.Time `json:"until,omitempty"`
}

// DataLetter is a letter that was sent to the person, without its text.
type DataLetter struct {
	At        time.Time `json:"at"`
	Letter    string    `json:"letter"`
	Recipient string    `json:"recipient"`
	State     string    `json:"state"`
}

// DataLine is an act by the person, or on them; those who acted and what they
// wrote are the place's.
type DataLine struct {
	At     time.Time `json:"at"`
	Act    string    `json:"act"`
	Result string    `json:"result"`
	ByMe   bool      `json:"by_me"`
	OnMe   bool      `json:"on_me"`
}

// mostLines is how many lines of each journal are taken, the last first, and how many
// records.
const mostLines = 5000

const (
	dataPerson = `
select p.family as family_name, p.given as given_name, p.username, p.email, p.phone, p.function, p.flags, p.state, p.created_at as since, nullif(s.last_seen_at, '-infinity') as last_seen
  from resource p left join lateral (select last_seen_at from presence where tenant_id = p.tenant_id and resource_id = p.id offset 0) s on true
 where p.account_id = @account`

	dataRoles = `
select r.name_fr as name, r.name_en as english_name, g.since, nullif(g.until, 'infinity') as until
  from role_grant g cross join lateral (select name_fr, name_en from role where tenant_id = g.tenant_id and id = g.role_id offset 0) r
 where g.resource_id = (select id from resource where account_id = @account) order by g.since, name`

	dataCells = `
select area, (array['none', 'own', 'assigned', 'all'])[view + 1] as view, (array['none', 'own', 'assigned', 'all'])[edit + 1] as edit,
       since, nullif(until, 'infinity') as until
  from override where resource_id = (select id from resource where account_id = @account) order by since, area`

	dataRecords = `
select record_id as record, since, nullif(until, 'infinity') as until
  from assignment where resource_id = (select id from resource where account_id = @account) order by since, record_id limit @most`

	dataActs = `
select at, act, actor_kind = 'person' as by_me, coalesce(facts->>'agent', '') as browser, coalesce(facts->>'address', '') as address
  from identity.own_acts($1, '', 'infinity', 0, $2)`

	dataLetters = `
select created_at as at, template as letter, recipient, state from mail
 where resource_id = (select id from resource where account_id = @account)
   and lower(recipient) = (select lower(email) from resource where account_id = @account)
 order by created_at`

	dataLines = `
select at, act, result, actor is not distinct from @account as by_me, target is not distinct from p.id as on_me
  from journal j, (select id from resource where account_id = @account) p
 where actor = @account or target_kind = 'resource' and target = p.id
 order by n desc limit @most`
)

// TakeData gathers all of it, beside the open sessions, and notes in each place that
// it was taken.
func (s *Service) TakeData(ctx context.Context, who access.Signed, sessions []DataSession) (*Data, error) {
	d := &Data{Format: format, TakenAt: s.clock()}
	if err := s.dataOfAccount(ctx, who, &d.Account); err != nil {
		return nil, err
	}
	d.Account.Sessions = sessions
	places, err := s.signin.Places(ctx, who)
	if err != nil {
		return nil, err
	}
	for _, p := range places {
		one, err := s.dataOfPlace(ctx, who, p)
		if err != nil {
			return nil, err
		}
		d.Places = append(d.Places, one)
	}
	return d, s.within(ctx, func(tx pgx.Tx) error { return s.signin.Note(ctx, tx, who, "account.export", nil) })
}

func (s *Service) dataOfAccount(ctx context.Context, who access.Signed, d *DataOfAccount) error {
	p, err := s.signin.Person(ctx, who.Account)
	if err != nil {
		return err
	}
	*d = DataOfAccount{ID: p.ID, Username: p.Username, FamilyName: p.Family, GivenName: p.Given, Email: p.Email,
		EmailVerified: p.EmailVerified, Locale: p.Locale, SecondFactors: []DataFactor{}}
	pending, err := s.PendingEmail(ctx, who.Account)
	if err != nil {
		return err
	}
	if pending != nil {
		d.PendingEmail = pending.Email
	}
	backup, err := s.BackupEmail(ctx, who.Account)
	if err != nil {
		return err
	}
	if backup != nil {
		d.BackupEmail = backup.Email
	}
	held, err := s.signin.HeldBy(ctx, who.Account, "")
	if err != nil {
		return err
	}
	d.RecoveryCodes = held.Recovery
	factors, err := s.signin.OwnFactors(ctx, who.Account)
	for _, f := range factors {
		d.SecondFactors = append(d.SecondFactors, DataFactor{f.Kind, f.Name, f.Target, f.Since, f.LastUsed})
	}
	if err != nil {
		return err
	}
	if err := s.dataOfBrowsers(ctx, who, d); err != nil {
		return err
	}
	rows, err := s.door.Identity().Query(ctx, dataActs, who.Account, mostLines)
	if err != nil {
		return fmt.Errorf("reading one's own acts: %w", err)
	}
	d.Acts, err = pgx.CollectRows(rows, pgx.RowToStructByName[DataAct])
	return err
}

// dataOfBrowsers is what the owner's own devices are known by.
func (s *Service) dataOfBrowsers(ctx context.Context, who access.Signed, d *DataOfAccount) error {
	passkeys, err := s.signin.Passkeys(ctx, who.Account)
	if err != nil {
		return err
	}
	d.Passkeys = make([]DataPasskey, len(passkeys))
	for i, one := range passkeys {
		d.Passkeys[i] = DataPasskey{one.Name, one.CreatedAt, one.LastUsedAt}
	}
	devices, err := s.signin.Devices(ctx, who.Account)
	if err != nil {
		return err
	}
	d.Devices = make([]DataDevice, len(devices))
	for i, one := range devices {
		d.Devices[i] = DataDevice{one.Agent, one.Address, one.Seen, one.Remembered}
	}
	return nil
}

func (s *Service) dataOfPlace(ctx context.Context, who access.Signed, p access.Place) (DataOfPlace, error) {
	d := DataOfPlace{Number: p.Number, Name: p.Name}
	who.Hat = uuid.Nil
	_, err := s.door.Read(ctx, who.In(p.TenantID), needMember, func(r *access.Reading) {
		args := pgx.StrictNamedArgs{"account": who.Account}
		d.Person = &DataPerson{}
		access.One(r, d.Person, "access.no_place", dataPerson, args)
		access.All(r, &d.Roles, dataRoles, args)
		access.All(r, &d.Cells, dataCells, args)
		access.All(r, &d.Letters, dataLetters, args)
		bounded := pgx.StrictNamedArgs{"account": who.Account, "most": mostLines}
		access.All(r, &d.Records, dataRecords, bounded)
		access.All(r, &d.Journal, dataLines, bounded)
	})
	if errors.Is(err, access.ErrFactor) {
		return DataOfPlace{Number: p.Number, Name: p.Name, Locked: true}, nil
	}
	if err != nil {
		return d, fmt.Errorf("reading what a place knows: %w", err)
	}
	return d, nil
}
