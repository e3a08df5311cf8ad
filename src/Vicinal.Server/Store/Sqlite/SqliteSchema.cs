using System.Globalization;

namespace Vicinal.Server.Store.Sqlite;

/// <summary>
/// The store's tables. `resource` holds every object of the model as JSON, with the revision that wrote it; `cursor` holds
/// the few numbers that are not a function of the resources.
/// </summary>
internal static class SqliteSchema
{
    /// <summary>"Vcnl" in the file's header: tells a Vicinal store from another program's database.</summary>
    public const int ApplicationId = 0x56_63_6E_6C;

    /// <summary>2: there may be a resource of the kind gateway_policy, which programs that write 1 would take for damage.</summary>
    public const int Version = 2;

    /// <summary>Checks whose file it is and how new, and makes the tables in an empty one.</summary>
    public static void Prepare(SqliteConnection connection, string file)
    {
        long application = connection.QueryInt64("PRAGMA application_id");
        long version = connection.QueryInt64("PRAGMA user_version");
        if (application == 0 && version == 0 && connection.QueryInt64("SELECT count(*) FROM sqlite_schema") == 0)
        {
            Create(connection);
            return;
        }

        if (application != ApplicationId)
        {
            throw new StoreException($"The file {file} is a database of another program.", isLasting: true);
        }

        if (version > Version)
        {
            throw new StoreException(
                $"The store {file} has format {version}, which a newer Vicinal wrote; this one reads up to {Version}. Start the newer one.",
                isLasting: true);
        }

        if (version < Version)
        {
            // The tables are the same.
            SetVersion(connection);
        }
    }

    private static void Create(SqliteConnection connection)
    {
        connection.Execute("BEGIN EXCLUSIVE");
        connection.Execute("""
            CREATE TABLE resource(
              kind TEXT NOT NULL,
              id TEXT NOT NULL,
              revision INTEGER NOT NULL,
              body TEXT NOT NULL,
              UNIQUE(kind, id)) STRICT
            """);
        connection.Execute("CREATE TABLE cursor(name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID");
        connection.Execute(string.Create(CultureInfo.InvariantCulture, $"PRAGMA application_id = {ApplicationId}"));
        SetVersion(connection);
        connection.Execute("COMMIT");
    }

    private static void SetVersion(SqliteConnection connection) =>
        connection.Execute(string.Create(CultureInfo.InvariantCulture, $"PRAGMA user_version = {Version}"));
}
