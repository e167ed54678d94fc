//! The tables of users: their profiles, sessions and settings; and what API keys may see.

use sea_orm_migration::prelude::*;

use super::texts::Texts;

pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0003_accounts"
    }
}

#[derive(DeriveIden)]
enum ApiKey {
    Table,
    DataScope,
    CreatedBy,
}

#[derive(DeriveIden)]
enum Outbox {
    Table,
    HeldUntil,
}

#[derive(DeriveIden)]
enum UserAccount {
    Table,
    Id,
    Tenant,
    Account,
    AccountFolded,
    DisplayName,
    Email,
    EmployeeId,
    PasswordHash,
    MustChangePassword,
    TotpSecret,
    TotpPending,
    TotpLastStep,
    RecoveryCodes,
    OpenidIssuer,
    OpenidSubject,
    Active,
    Version,
    CreatedAt,
    ChangedAt,
    LastSignInAt,
}

#[derive(DeriveIden)]
enum UserProfile {
    Table,
    Tenant,
    UserId,
    ProfileId,
}

#[derive(DeriveIden)]
enum SecurityProfile {
    Table,
    Id,
    Tenant,
    Name,
    NameFolded,
    Permissions,
    Scope,
    Version,
    CreatedAt,
    ChangedAt,
    ChangedBy,
}

#[derive(DeriveIden)]
enum SecurityRevision {
    Table,
    Tenant,
    Revision,
}

#[derive(DeriveIden)]
enum UserSession {
    Table,
    Id,
    Tenant,
    UserId,
    TokenHash,
    CreatedAt,
    LastSeenAt,
    ExpiresAt,
    SourceIp,
    UserAgent,
    Method,
    OpenidIssuer,
    OpenidSid,
    ActingId,
    ActingUserId,
    ActingSince,
}

#[derive(DeriveIden)]
enum SignInThrottle {
    Table,
    Subject,
    Failures,
    LastAt,
}

#[derive(DeriveIden)]
enum OpenidState {
    Table,
    Id,
    Tenant,
    Content,
    ExpiresAt,
}

#[derive(DeriveIden)]
enum Setting {
    Table,
    Tenant,
    Name,
    Content,
    Version,
    ChangedAt,
    ChangedBy,
}

#[derive(DeriveIden)]
enum Reading {
    Table,
    Digest,
    RecordedAt,
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let texts = Texts { engine: manager.get_database_backend() };
        for table in [
            user_account(&texts),
            user_profile(&texts),
            security_profile(&texts),
            security_revision(&texts),
            user_session(&texts),
            sign_in_throttle(&texts),
            openid_state(&texts),
            setting(&texts),
            reading(&texts),
        ] {
            manager.create_table(table).await?;
        }
        for column in [ApiKey::DataScope, ApiKey::CreatedBy] {
            let added = Table::alter().table(ApiKey::Table).add_column(ColumnDef::new(column).text()).to_owned();
            manager.alter_table(added).await?;
        }
        let held = Table::alter().table(Outbox::Table).add_column(ColumnDef::new(Outbox::HeldUntil).big_integer()).to_owned();
        manager.alter_table(held).await?;
        for index in indexes() {
            manager.create_index(index).await?;
        }
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

fn user_account(texts: &Texts) -> TableCreateStatement {
    Table::create()
        .table(UserAccount::Table)
        .col(texts.key(UserAccount::Id).primary_key())
        .col(texts.key(UserAccount::Tenant))
        .col(texts.key(UserAccount::Account))
        .col(texts.key(UserAccount::AccountFolded))
        .col(ColumnDef::new(UserAccount::DisplayName).text().not_null())
        .col(ColumnDef::new(UserAccount::Email).text())
        .col(ColumnDef::new(UserAccount::EmployeeId).text())
        .col(ColumnDef::new(UserAccount::PasswordHash).text())
        .col(ColumnDef::new(UserAccount::MustChangePassword).boolean().not_null())
        .col(ColumnDef::new(UserAccount::TotpSecret).blob())
        .col(ColumnDef::new(UserAccount::TotpPending).blob())
        .col(ColumnDef::new(UserAccount::TotpLastStep).big_integer())
        .col(ColumnDef::new(UserAccount::RecoveryCodes).text().not_null())
        .col(ColumnDef::new(UserAccount::OpenidIssuer).text())
        .col(ColumnDef::new(UserAccount::OpenidSubject).text())
        .col(ColumnDef::new(UserAccount::Active).boolean().not_null())
        .col(ColumnDef::new(UserAccount::Version).big_integer().not_null())
        .col(ColumnDef::new(UserAccount::CreatedAt).big_integer().not_null())
        .col(ColumnDef::new(UserAccount::ChangedAt).big_integer().not_null())
        .col(ColumnDef::new(UserAccount::LastSignInAt).big_integer())
        .to_owned()
}

fn user_profile(texts: &Texts) -> TableCreateStatement {
    let mut of_user = ForeignKey::create()
        .name("user_profile_of_user")
        .from(UserProfile::Table, UserProfile::UserId)
        .to(UserAccount::Table, UserAccount::Id)
        .on_delete(ForeignKeyAction::Cascade)
        .to_owned();
    Table::create()
        .table(UserProfile::Table)
        .col(texts.key(UserProfile::Tenant))
        .col(texts.key(UserProfile::UserId))
        .col(texts.key(UserProfile::ProfileId))
        .primary_key(Index::create().col(UserProfile::UserId).col(UserProfile::ProfileId))
        .foreign_key(&mut of_user)
        .to_owned()
}

fn security_profile(texts: &Texts) -> TableCreateStatement {
    Table::create()
        .table(SecurityProfile::Table)
        .col(texts.key(SecurityProfile::Id).primary_key())
        .col(texts.key(SecurityProfile::Tenant))
        .col(ColumnDef::new(SecurityProfile::Name).text().not_null())
        .col(texts.key(SecurityProfile::NameFolded))
        .col(ColumnDef::new(SecurityProfile::Permissions).text().not_null())
        .col(ColumnDef::new(SecurityProfile::Scope).text().not_null())
        .col(ColumnDef::new(SecurityProfile::Version).big_integer().not_null())
        .col(ColumnDef::new(SecurityProfile::CreatedAt).big_integer().not_null())
        .col(ColumnDef::new(SecurityProfile::ChangedAt).big_integer().not_null())
        .col(ColumnDef::new(SecurityProfile::ChangedBy).text().not_null())
        .to_owned()
}

fn security_revision(texts: &Texts) -> TableCreateStatement {
    Table::create()
        .table(SecurityRevision::Table)
        .col(texts.key(SecurityRevision::Tenant).primary_key())
        .col(ColumnDef::new(SecurityRevision::Revision).big_integer().not_null())
        .to_owned()
}

fn user_session(texts: &Texts) -> TableCreateStatement {
    let mut of_user = ForeignKey::create()
        .name("user_session_of_user")
        .from(UserSession::Table, UserSession::UserId)
        .to(UserAccount::Table, UserAccount::Id)
        .on_delete(ForeignKeyAction::Cascade)
        .to_owned();
    Table::create()
        .table(UserSession::Table)
        .col(texts.key(UserSession::Id).primary_key())
        .col(texts.key(UserSession::Tenant))
        .col(texts.key(UserSession::UserId))
        .col(ColumnDef::new(UserSession::TokenHash).blob().not_null())
        .col(ColumnDef::new(UserSession::CreatedAt).big_integer().not_null())
        .col(ColumnDef::new(UserSession::LastSeenAt).big_integer().not_null())
        .col(ColumnDef::new(UserSession::ExpiresAt).big_integer().not_null())
        .col(ColumnDef::new(UserSession::SourceIp).text())
        .col(ColumnDef::new(UserSession::UserAgent).text())
        .col(ColumnDef::new(UserSession::Method).text().not_null())
        .col(ColumnDef::new(UserSession::OpenidIssuer).text())
        .col(ColumnDef::new(UserSession::OpenidSid).text())
        .col(ColumnDef::new(UserSession::ActingId).text())
        .col(ColumnDef::new(UserSession::ActingUserId).text())
        .col(ColumnDef::new(UserSession::ActingSince).big_integer())
        .foreign_key(&mut of_user)
        .to_owned()
}

fn sign_in_throttle(texts: &Texts) -> TableCreateStatement {
    Table::create()
        .table(SignInThrottle::Table)
        .col(texts.key(SignInThrottle::Subject).primary_key())
        .col(ColumnDef::new(SignInThrottle::Failures).big_integer().not_null())
        .col(ColumnDef::new(SignInThrottle::LastAt).big_integer().not_null())
        .to_owned()
}

fn openid_state(texts: &Texts) -> TableCreateStatement {
    Table::create()
        .table(OpenidState::Table)
        .col(texts.key(OpenidState::Id).primary_key())
        .col(texts.key(OpenidState::Tenant))
        .col(ColumnDef::new(OpenidState::Content).text().not_null())
        .col(ColumnDef::new(OpenidState::ExpiresAt).big_integer().not_null())
        .to_owned()
}

fn setting(texts: &Texts) -> TableCreateStatement {
    Table::create()
        .table(Setting::Table)
        .col(texts.key(Setting::Tenant))
        .col(texts.key(Setting::Name))
        .col(ColumnDef::new(Setting::Content).text().not_null())
        .col(ColumnDef::new(Setting::Version).big_integer().not_null())
        .col(ColumnDef::new(Setting::ChangedAt).big_integer().not_null())
        .col(ColumnDef::new(Setting::ChangedBy).text().not_null())
        .primary_key(Index::create().col(Setting::Tenant).col(Setting::Name))
        .to_owned()
}

fn reading(texts: &Texts) -> TableCreateStatement {
    Table::create()
        .table(Reading::Table)
        .col(texts.key(Reading::Digest).primary_key())
        .col(ColumnDef::new(Reading::RecordedAt).big_integer().not_null())
        .to_owned()
}

fn indexes() -> [IndexCreateStatement; 5] {
    let unique = |name: &str| Index::create().name(name).unique().to_owned();
    [
        unique("user_account_by_account").table(UserAccount::Table).col(UserAccount::Tenant).col(UserAccount::AccountFolded).to_owned(),
        unique("user_account_by_openid")
            .table(UserAccount::Table)
            .col(UserAccount::Tenant)
            .col(UserAccount::OpenidIssuer)
            .col(UserAccount::OpenidSubject)
            .to_owned(),
        unique("security_profile_by_name")
            .table(SecurityProfile::Table)
            .col(SecurityProfile::Tenant)
            .col(SecurityProfile::NameFolded)
            .to_owned(),
        Index::create().name("user_session_by_user").table(UserSession::Table).col(UserSession::UserId).to_owned(),
        Index::create()
            .name("user_profile_by_profile")
            .table(UserProfile::Table)
            .col(UserProfile::Tenant)
            .col(UserProfile::ProfileId)
            .to_owned(),
    ]
}
